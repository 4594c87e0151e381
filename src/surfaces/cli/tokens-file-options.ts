import type { Command } from 'commander'
import type { Overrides } from './machine.js'

export interface TokensFileOptions {
  readonly tokensFile?: string
  readonly dataDir?: string
}

/** The options that say which tokens a command is about. */
export function withTokensFile(command: Command): Command {
  return command
    .option('--tokens-file <path>', 'the tokens file (SESSIONS_API_TOKENS_FILE)')
    .option(
      '--data-dir <path>',
      'the data directory that holds tokens.json (SESSIONS_API_DATA_DIR)',
    )
}

/** As settings. A given data directory means the file in it, whatever the environment says of a tokens file. */
export function tokensFileOverrides({ tokensFile, dataDir }: TokensFileOptions): Overrides {
  return {
    ...(dataDir === undefined
      ? {}
      : { SESSIONS_API_DATA_DIR: dataDir, SESSIONS_API_TOKENS_FILE: '' }),
    ...(tokensFile === undefined ? {} : { SESSIONS_API_TOKENS_FILE: tokensFile }),
  }
}
