const UNITS: Record<string, number> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
}

/** When something ends that is given as `90m`, `12h`, `30d`, `2w` or as a date; `null` when the text is neither. */
export function parseEnd(text: string, now = new Date()): Date | null {
  const [, amount, unit = ''] = /^(\d{1,5})([mhdw])$/i.exec(text.trim()) ?? []
  const unitMs = UNITS[unit.toLowerCase()]
  if (amount !== undefined && unitMs !== undefined)
    return new Date(now.getTime() + Number(amount) * unitMs)
  if (!/^\d{4}-\d\d-\d\d/.test(text.trim())) return null
  const date = new Date(text.trim())
  return Number.isNaN(date.getTime()) ? null : date
}
