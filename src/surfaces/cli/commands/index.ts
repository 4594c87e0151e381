import type { Command } from 'commander'
import { ControlAction } from '../../../contract/control.js'
import type { Machine } from '../machine.js'
import { cleanupCommand } from './cleanup.js'
import { compactCommand } from './compact.js'
import { completionCommand, completionWordsCommand } from './completion.js'
import { controlCommand } from './control.js'
import { diagnoseCommand } from './diagnose.js'
import { doctorCommand } from './doctor.js'
import { exportCommand } from './export.js'
import { exportTrajectoryCommand } from './export-trajectory.js'
import { historyCommand } from './history.js'
import { listCommand } from './list.js'
import { archiveCommand, deleteCommand } from './removal.js'
import { showCommand } from './show.js'
import { tailCommand } from './tail.js'

export { completionWordsCommand }

/** The commands on sessions, in the order of the help. */
export function sessionCommands(machine: Machine): Command[] {
  return [
    listCommand(machine),
    showCommand(machine),
    historyCommand(machine),
    tailCommand(machine),
    diagnoseCommand(machine),
    ...ControlAction.options.map((action) => controlCommand(action, machine)),
    cleanupCommand(machine),
    compactCommand(machine),
    archiveCommand(machine),
    deleteCommand(machine),
    exportCommand(machine),
    exportTrajectoryCommand(machine),
    doctorCommand(machine),
    completionCommand(machine),
  ]
}
