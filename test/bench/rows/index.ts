import type { Row } from '../row.js'
import { FOLLOWERS_ON_MANY, FOLLOWERS_ON_ONE } from './crowded-sessions.js'
import { APPEND_FOLLOW, FAN_OUT_1000, FAN_OUT_5000 } from './fan-out.js'
import { FIRST_INDEX } from './first-index.js'
import { FOLLOWER_MEMORY } from './follower-memory.js'
import { HISTORY_PAGE } from './history-page.js'
import { HUGE_LINE } from './huge-line.js'
import { LIST_CHURN } from './list-churn.js'
import { LIST_CACHED, LIST_FILTERED, LIST_NOT_MODIFIED } from './list-load.js'
import { LIVE_FEED } from './live-feed.js'
import { PAGING_MEMORY } from './paging-memory.js'
import { STORE_REFRESH } from './store-refresh.js'
import { STORE_VISIBLE } from './store-visible.js'

/** Every row, in the order of the table. */
export const ROWS: readonly Row[] = [
  LIST_CACHED,
  LIST_NOT_MODIFIED,
  LIST_FILTERED,
  STORE_REFRESH,
  STORE_VISIBLE,
  LIST_CHURN,
  HISTORY_PAGE,
  FIRST_INDEX,
  PAGING_MEMORY,
  HUGE_LINE,
  APPEND_FOLLOW,
  FAN_OUT_1000,
  FAN_OUT_5000,
  LIVE_FEED,
  FOLLOWER_MEMORY,
  FOLLOWERS_ON_ONE,
  FOLLOWERS_ON_MANY,
]
