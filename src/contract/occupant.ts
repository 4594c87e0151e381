/**
 * Sees whether somebody else has the sessions in hand, who cannot be asked. An optional ability of a store or a runtime.
 */
export interface OccupantSight {
  /** Who is there, and the remedy, in a sentence; `null`: nobody that can be seen. Looks anew at each call. */
  occupant(): Promise<string | null>
}

export function seesOccupants(one: object): one is OccupantSight {
  return 'occupant' in one
}
