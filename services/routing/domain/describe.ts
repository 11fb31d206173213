import { type Directory, nameOf } from './directory.ts';
import type { Target } from './target.ts';

/** A target in words, for the trace. */
export function describeTarget(directory: Directory, target: Target): string {
  switch (target.type) {
    case 'user':
    case 'queue':
      return nameOf(directory, target.id);
    case 'external':
      return target.number;
    case 'voicemail':
      return `the voicemail of ${nameOf(directory, target.id)}`;
    case 'menu':
      return 'a menu';
    case 'announcement':
      return 'an announcement';
    case 'hangup':
      return 'the end of the call';
  }
}
