/** A bare server: what it takes to be asked shows how loaded the machine is. */
import { listen } from '../../bench/baselines/listen.js'

listen((_request, response) => {
  response.setHeader('content-length', 2)
  response.end('ok')
})
