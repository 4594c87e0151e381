/** A process that lives until it is killed. */
setInterval(() => {}, 60_000)
