/**
 * The reference page. `root` leads from the page to the mount (`.` or `..`): relative, so that it holds under a prefix
 * and behind a proxy that strips one.
 */
export function referencePage(root: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Sessions API</title>
    <script type="module" src="${root}/docs/rapidoc-min.js"></script>
  </head>
  <body>
    <rapi-doc
      spec-url="${root}/openapi.json"
      render-style="read"
      load-fonts="false"
      allow-server-selection="false"
      allow-spec-url-load="false"
      allow-spec-file-load="false"
      persist-auth="false"
      schema-description-expanded="true"
      show-method-in-nav-bar="as-colored-text"
    ></rapi-doc>
  </body>
</html>
`
}
