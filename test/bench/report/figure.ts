/** A figure with three digits that count: `0.052`, `8.31`, `127`, `83,120`. `-` for none. */
export function figure(value: number | null): string {
  if (value === null) return '-'
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}
