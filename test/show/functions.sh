# What is typed in the transcript of `npm run show:control`. TOKEN and URL are of the service that is shown.

auth="Authorization: Bearer $TOKEN"
told='\n(%{http_code} after %{time_total} s)\n'

# follow KEY: its messages as they are written, from the newest one on
follow() {
  curl -sSN -H "$auth" "$URL/sessions/$1/history?follow=1&includeTools=1&limit=1"
}

# follow_gateway KEY: the same from the gateway itself, where its store is not read here
follow_gateway() {
  curl -sSN -H "Authorization: Bearer $GATEWAY_TOKEN" -H 'Accept: text/event-stream' \
    "$GATEWAY_URL/sessions/$1/history"
}

# control KEY ACTION [REASON]
control() {
  curl -sS -X POST -w "$told" -H "$auth" -H 'Content-Type: application/json' \
    -d "{\"action\":\"$2\",\"reason\":\"${3:-to show it}\"}" "$URL/api/sessions/$1/control"
}

# end_tree KEY: its run and those of its sub-agents
end_tree() {
  curl -sS -X POST -w "$told" -H "$auth" "$URL/sessions/$1/kill"
}

# row KEY...: their rows in the list
row() {
  curl -sS -H "$auth" "$URL/api/sessions?limit=1000" | node -pe '
    const keys = process.argv.slice(1)
    const rows = JSON.parse(fs.readFileSync(0)).sessions.filter(({ key }) => keys.includes(key))
    rows.map((row) => `${row.key}  ${row.status}  [${row.flags}]  ${row.statusReason}`).join("\n")
  ' "$@"
}
