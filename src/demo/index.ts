export { SHOWCASE_KEY } from './cast.js'
export { type DemoGateway, type DemoGatewayOptions, startDemoGateway } from './gateway.js'
