import { answerJobs } from '../../../system/job-worker.js'
import { FormerTexts } from './former-texts.js'
import { movesOf, packReading } from './packed-reading.js'
import { readStore, type StoreJob } from './store-reading.js'

const texts = new FormerTexts()
answerJobs(async (job: StoreJob) => packReading(await readStore(job, texts)), movesOf)
