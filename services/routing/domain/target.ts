/**
 * Where a call can be sent. One shape from SQL to the API.
 *
 * `external.number` is an outside number in E.164, or one of the organization's own numbers or extensions: those
 * are told apart at call time, because a number may become ours (or stop being ours) after the target was saved.
 * `voicemail.id` is the user or queue that owns the box.
 */
export type Target =
  | { readonly type: 'user'; readonly id: string }
  | { readonly type: 'queue'; readonly id: string }
  | { readonly type: 'external'; readonly number: string }
  | { readonly type: 'voicemail'; readonly id: string }
  | { readonly type: 'menu'; readonly text?: string }
  | { readonly type: 'announcement'; readonly text?: string }
  | { readonly type: 'hangup' };

/** What happens when a user cannot take a call. */
export type UnavailableRule = {
  readonly action: 'none' | 'voicemail' | 'forward';
  /** Only with `forward`. */
  readonly target?: Target;
};

/** Why a user did not take a call; `IfUnavailable.causes` may hold a rule for each. */
export type UnavailableCause = 'busy' | 'declined' | 'noAnswer' | 'unreachable';

/** The plain rule, and rules per cause that replace it. */
export type IfUnavailable = UnavailableRule & {
  readonly causes?: { readonly [cause in UnavailableCause]?: UnavailableRule };
};
