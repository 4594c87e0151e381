import { answerJobs } from '../job-worker.js'
import { movesOf, packReading } from './packed-reading.js'
import { readStore, type StoreJob } from './store-reading.js'

answerJobs(async (job: StoreJob) => packReading(await readStore(job)), movesOf)
