/** What the watch of an application wants done, and what it is told of what came of it. */
import type { ApplicationConfig } from './config-document.js'

/** One GET, with a time limit. Answered by `answered`, once. */
export interface Ask {
  readonly kind: 'ask'
  readonly number: number
  readonly path: string
  /** Whether the body of its answer is wanted. */
  readonly wantsBody: boolean
}

/** The application has said what it wants. */
export interface Configure {
  readonly kind: 'configure'
  readonly config: ApplicationConfig
}

/** The host has these types from now on. Answered by `offered`. */
export interface Offer {
  readonly kind: 'offer'
  readonly number: number
  readonly types: readonly string[]
}

/** Something that people should know of. */
export interface Say {
  readonly kind: 'say'
  readonly level: 'info' | 'warn' | 'error'
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

export type WatchEffect = Ask | Configure | Offer | Say

/** How an `ask` ended. */
export type AskOutcome =
  /** @param body null where it was not wanted */
  | { readonly kind: 'answer'; readonly status: number; readonly body: string | null }
  /** There was no connection. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It came too late, or was no answer. */
  | { readonly kind: 'failed'; readonly reason: string }

/** What became of an `offer`; `later` for what the cluster does not take yet. */
export type OfferOutcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'later'; readonly detail: string }
  | { readonly kind: 'given-up'; readonly detail: string }
