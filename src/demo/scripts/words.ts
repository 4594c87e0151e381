import type { Random } from '../random.js'

/** Names of an invented town, Eddermouth, for the scripts to draw from. */

export const NEIGHBOURS = [
  'Odile',
  'Tomasz',
  'Imre',
  'Ysolde',
  'Benno',
  'Marit',
  'Zoë',
  'Håkon',
  'Akua',
  'Noor',
] as const
export const STREETS = [
  'Ropewalk',
  'Lantern Row',
  'Lower Quay',
  'Chapel Steps',
  'Mill Lane',
  'Saltmarsh Road',
] as const
export const BOATS = [
  'Kittiwake',
  'Old Margin',
  'Second Breakfast',
  'Perennial',
  'Blåmåke',
  'Quiet Riot of Gulls',
] as const
export const PLANTS = [
  'quince',
  'sea kale',
  'runner bean',
  'medlar',
  'rosa rugosa',
  'Jerusalem artichoke',
] as const
export const BEDS = [
  'bed 3 (south wall)',
  'bed 7',
  'the polytunnel',
  'the school plot',
  'bed 12 (brassicas)',
] as const
export const BOOKS = [
  'A Field Guide to Fog',
  'The Lock-Keeper’s Almanac',
  'Bread for Forty',
  'Knots, Mostly',
  'La mer en hiver',
  'Moss: A Slow History',
] as const
export const PARTS = [
  'bearing housing',
  'lamp gasket',
  'worm gear',
  'bilge float switch',
  'shackle pin',
  'rudder stock',
] as const

/** `14:35`. */
export function clock(random: Random): string {
  return `${two(random.int(6, 21))}:${two(random.int(0, 11) * 5)}`
}

/** `2.31` */
export function decimal(random: Random, min: number, max: number, digits = 2): string {
  return (min + random.next() * (max - min)).toFixed(digits)
}

export function two(value: number): string {
  return String(value).padStart(2, '0')
}
