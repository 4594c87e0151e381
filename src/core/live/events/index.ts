export { LiveEvents } from './live-events.js'
