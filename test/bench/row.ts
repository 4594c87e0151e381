import type { Workspace } from './workspace.js'

/** Figures of one trial, by the name of their metric. */
export type Sample = Readonly<Record<string, number>>

/** Runs one variant once, in fresh processes. */
export type Trial = () => Promise<Sample>

export interface Metric {
  readonly name: string
  readonly unit: string
  /** What is to be reached: `ratio` is ours to the baseline of the same run. Without a goal the figure is only shown. */
  readonly goal?: Goal
}

export interface Goal {
  readonly of: 'ratio' | 'value'
  readonly atLeast?: number
  readonly atMost?: number
}

/** The variants of a row, ready to be run in turns. */
export interface Trials {
  /** `null`: nothing to compare with, the goals are absolute. */
  readonly baseline: Trial | null
  /** A trial of the service built in `dist`. */
  ours(dist: string): Trial
  /** Remarks that belong below the table, such as what could not be measured here. */
  readonly notes?: readonly string[]
}

/** A row of the table of goals, or a scenario. */
export interface Row {
  /** For `--only`. */
  readonly name: string
  readonly title: string
  /** What the baseline does, in words; `-` without one. */
  readonly baseline: string
  readonly metrics: readonly Metric[]
  prepare(workspace: Workspace): Promise<Trials>
}
