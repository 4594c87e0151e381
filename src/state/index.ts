export { type AuditFolderOptions, openAuditFolder } from './audit-folder.js'
export {
  type DataDirectory,
  type DataDirectoryOptions,
  openDataDirectory,
  tokensPathIn,
} from './data-directory.js'
export { openHoldFile } from './hold-file.js'
export { type IdempotencyOptions, openIdempotency } from './idempotency.js'
export { type PolicyHoldFileOptions, policyHoldFile } from './policy-hold-file.js'
export { signingKeyFile } from './signing-key-file.js'
export { type TokenFileOptions, tokenFile } from './token-file.js'
export { type UseFileOptions, useFile } from './use-file.js'
