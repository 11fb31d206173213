import type { LiveTopic } from '../../services/routing/live/event.ts';
import type { LiveReach, LiveViewer } from '../../services/routing/live/view.ts';
import { type Actor, can, type Permission } from '../admin/access.ts';
import type { CallSight } from '../admin/call-sight.ts';

/** The permission that shows a topic's events about everybody. */
export const topicPermission: Readonly<Record<LiveTopic, Permission>> = {
  presence: 'users.read',
  calls: 'calls.read',
  activity: 'activity.read',
  jobs: 'jobs.read',
  coverage: 'coverage.read',
};

const everybody: LiveReach = { everybody: true, userIds: new Set(), queueIds: new Set() };

/** What somebody may watch: a pure function of their rights, and of what they see of calls. */
export function toViewer(actor: Actor, sight: CallSight | undefined): LiveViewer {
  const own: LiveReach = { everybody: false, userIds: new Set([actor.id]), queueIds: new Set() };
  const isOwn = actor.permissions.has('profile.read');
  const reach = (topic: LiveTopic, otherwise: boolean): { readonly [name in LiveTopic]?: LiveReach } => {
    if (can(actor, topicPermission[topic])) return { [topic]: everybody };
    return otherwise ? { [topic]: own } : {};
  };
  return {
    organizationId: actor.organizationId,
    userId: actor.type === 'user' ? actor.id : null,
    reach: {
      ...reach('presence', actor.type === 'user' && isOwn),
      ...reach('activity', actor.type === 'user' && isOwn),
      // Whoever began a job sees how it goes.
      ...reach('jobs', true),
      ...reach('coverage', false),
      ...(sight === undefined ? {} : { calls: sight }),
    },
    numbers: sight?.numbers ?? false,
  };
}
