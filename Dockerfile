# Steps use nothing but node and npm, and paths under /app and /home/node: test/dockerfile.test.ts runs them without an
# image, as an unprivileged user.
ARG NODE_VERSION=24

FROM node:${NODE_VERSION}-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build
RUN npm prune --omit=dev --ignore-scripts

FROM node:${NODE_VERSION}-slim
ENV NODE_ENV=production
# Inside a container loopback reaches nobody; publish the port to the host's loopback: -p 127.0.0.1:18790:18790.
ENV SESSIONS_API_HOST=0.0.0.0
ENV SESSIONS_API_PORT=18790
ENV SESSIONS_API_DATA_DIR=/home/node/data
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/openapi/openapi.json ./openapi/
USER node
# A volume mounted here takes over the owner of the folder: without it the service could not write its tokens.
RUN mkdir -m 700 -p /home/node/data
VOLUME /home/node/data
EXPOSE 18790
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.SESSIONS_API_PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/surfaces/cli/main.js", "serve"]
