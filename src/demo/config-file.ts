import { replaceFile } from '../stores/openclaw/writing/replace-file.js'
import { AGENTS } from './agents.js'
import { MODELS } from './models.js'
import type { StateFolder } from './state-folder.js'

/** Writes `openclaw.json`: agents, their models, and what those cost. No gateway is named, because none listens. */
export async function writeConfig(folder: StateFolder): Promise<void> {
  const providers: Record<string, unknown> = {}
  for (const { api, provider, ...model } of MODELS) providers[provider] = { api, models: [model] }
  const config = {
    session: { mainKey: 'main' },
    agents: {
      list: AGENTS.map(({ id, model, name }, index) => ({
        id,
        name,
        ...(index === 0 ? { default: true } : {}),
        workspace: folder.workspace(id),
        model: { primary: `${model.provider}/${model.id}` },
      })),
    },
    models: { providers },
  }
  await replaceFile(folder.config, JSON.stringify(config, null, 2))
}
