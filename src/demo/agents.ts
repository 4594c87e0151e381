import { HERON, type Model, WREN } from './models.js'

/** The agents of a small town. */

export interface Agent {
  readonly id: string
  readonly name: string
  readonly model: Model
}

export const AGENTS: readonly Agent[] = [
  { id: 'main', name: 'Juniper, town hall', model: HERON },
  { id: 'library', name: 'Quill, library', model: WREN },
  { id: 'harbour', name: 'Pilot, harbour office', model: WREN },
  { id: 'garden', name: 'Fern, town gardens', model: WREN },
  { id: 'workshop', name: 'Rivet, workshop', model: HERON },
]

/** The model that an agent of the town uses. */
export function modelOf(agent: string): Model {
  return AGENTS.find(({ id }) => id === agent)?.model ?? WREN
}
