import type { Test } from 'tap'

type Content = Parameters<Test['testdir']>[0]

/**
 * A folder of the test's own, removed after all teardowns of the test. The test runner removes a folder before the
 * teardowns that were registered later: a process that still writes there would make the removal fail, and live on.
 */
export function ownFolder(t: Test, content?: Content): string {
  t.teardown(() => {})
  return t.testdir(content)
}
