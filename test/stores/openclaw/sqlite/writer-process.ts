import { GatewayDatabase } from './gateway-database.js'

/** A gateway in a process of its own: makes the database of agent main, then appends what the test sends, a commit each. */
const [, , stateDir = ''] = process.argv
const database = await GatewayDatabase.create(stateDir, 'main')
database.node('agent:main:main', 's1', {}, { status: 'running' })
process.on('message', (lines: string[]) => database.append('s1', lines))
process.send?.('ready')
