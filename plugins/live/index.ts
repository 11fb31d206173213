import websocket from '@fastify/websocket';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { problem } from '../../services/routing/errors.ts';
import type { Changes } from '../../services/routing/live/changes.ts';
import type { LiveTopic } from '../../services/routing/live/event.ts';
import type { LiveHub, Subscription } from '../../services/routing/live/hub.ts';
import { refusedText } from '../../services/routing/live/messages.ts';
import type { LiveViewer } from '../../services/routing/live/view.ts';
import type { LiveSink } from '../../services/routing/live/watcher.ts';
import type { Clock } from '../../services/routing/ports.ts';
import { inOrganization } from '../../services/storage/database.ts';
import { adminRequest } from '../admin/authentication.ts';
import { guarded } from '../admin/change.ts';
import type { AdminContext } from '../admin/context.ts';
import { NoQuery, responses } from '../admin/schemas.ts';
import { hashToken } from '../admin/session-lookup.ts';
import { type Connection, Connections, mostPerOwner, type SocketPresence, sendAll } from './connections.ts';
import { buildTalkLimit, longestFrame, parseFrame } from './frames.ts';
import { type Guarded, LiveGuard } from './guard.ts';
import { LiveUpgrade, liveDescription } from './schema.ts';
import { readViewer } from './store.ts';
import { topicPermission } from './viewers.ts';

export type LivePorts = {
  readonly hub: LiveHub;
  /** Of this process: after each the sockets of the organization are looked at. */
  readonly changes: Changes;
  readonly presence?: SocketPresence;
};

export type LiveOptions = LivePorts & {
  readonly context: AdminContext;
  readonly connections: Connections;
};

declare module 'fastify' {
  interface FastifyRequest {
    liveViewer: LiveViewer | null;
  }
}

/**
 * What reads websockets, for a scope whose auth hook comes after it: else a connection that is refused would be answered
 * and never closed.
 */
export async function acceptWebsockets(scope: FastifyInstance, clock: Clock): Promise<Connections> {
  const connections = new Connections(clock);
  await scope.register(websocket, {
    options: { maxPayload: longestFrame, perMessageDeflate: false, clientTracking: false },
    errorHandler: (_error, socket) => socket.terminate(),
    preClose: () => connections.close(),
  });
  return connections;
}

/** `GET /v1/live`, inside the administration's scope: its auth hook has looked at the credential before the upgrade. */
export default async function live(scope: FastifyInstance, options: LiveOptions): Promise<void> {
  const { context, hub, connections } = options;
  const guard = new LiveGuard({
    ...context,
    onError: (error) => scope.log.debug({ err: error }, 'sessions of sockets could not be looked at'),
  });
  const off = options.changes.listen((organizationId) => guard.kick(organizationId));
  scope.decorateRequest('liveViewer', null);
  scope.route({
    method: 'GET',
    url: '/live',
    exposeHeadRoute: false,
    config: { permission: 'known' },
    schema: {
      tags: ['live'],
      operationId: 'watch',
      summary: 'What happens, as it happens (websocket)',
      description: liveDescription,
      querystring: NoQuery,
      response: responses({ 101: LiveUpgrade }, 426),
    },
    preHandler: async (request) => {
      if (!request.ws) throw upgradeRequired();
      checkOrigin(request, context.publicUrl);
      const { actor } = adminRequest(request);
      request.liveViewer = await guarded(() =>
        inOrganization(context.database, actor.organizationId, (trx) => readViewer(trx, actor), {
          readOnly: true,
        }),
      );
    },
    handler: async () => {
      throw upgradeRequired();
    },
    wsHandler: (socket, request) => serve(socket, request, { ...options, guard }),
  });
  scope.addHook('onReady', async () => {
    hub.start();
    guard.start();
    connections.start();
  });
  scope.addHook('onClose', async () => {
    off();
    await guard.close();
    await hub.close();
  });
}

function upgradeRequired(): Error {
  return problem('live.upgrade-required', { headers: { connection: 'upgrade', upgrade: 'websocket' } });
}

/** A browser sends the cookie wherever the page comes from, and its Origin always. */
function checkOrigin(request: FastifyRequest, publicUrl: string): void {
  const { actor } = adminRequest(request);
  if (actor.type !== 'user' || actor.carriedBy !== 'cookie') return;
  if (request.headers.origin !== new URL(publicUrl).origin) throw problem('origin.refused');
}

type Parts = LiveOptions & { readonly guard: LiveGuard };

function serve(socket: WebSocket, request: FastifyRequest, parts: Parts): void {
  const { context, hub, connections, guard, presence } = parts;
  const { actor } = adminRequest(request);
  const viewer = request.liveViewer;
  const owner = `${actor.type}:${actor.id}`;
  if (viewer === null || !connections.hasRoomFor(owner, mostPerOwner[actor.type])) {
    socket.close(1013, 'too many sockets');
    return;
  }
  const now = context.clock.now();
  const { userId, organizationId } = viewer;
  const connection: Connection = {
    id: context.newId(),
    owner,
    userId,
    socket,
    // The first one comes at some moment of the 20 s, so that thousands who came together are not asked together.
    pingAt: now + (parseInt(context.newId().slice(-4), 16) % 20_000),
    isAnswered: true,
  };
  connections.add(connection);
  hub.counter.opened();
  const subscription = hub.join(viewer, toSink(socket, request));
  const leave = guard.enroll(toGuarded(socket, request, subscription, context));
  const isHere = (): void => {
    connection.isAnswered = true;
    if (userId !== null) presence?.connected(organizationId, userId, connection.id);
  };
  isHere();
  listen(socket, parts, subscription, isHere);
  socket.once('close', (code) => {
    connections.remove(connection);
    hub.counter.closed(code);
    subscription.leave();
    leave();
    if (userId !== null) presence?.disconnected(organizationId, userId, connection.id);
  });
}

function toSink(socket: WebSocket, request: FastifyRequest): LiveSink {
  const raw = request.raw.socket;
  return {
    send: (messages) => sendAll(socket, raw, messages),
    bufferedBytes: () => socket.bufferedAmount,
    close: (code, reason) => end(socket, code, reason),
  };
}

function toGuarded(
  socket: WebSocket,
  request: FastifyRequest,
  subscription: Subscription,
  { clock, directories }: AdminContext,
): Guarded {
  const { actor } = adminRequest(request);
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return {
    actor,
    keyHash: actor.type === 'api-key' && token !== undefined ? hashToken(token) : undefined,
    review: (viewer) => subscription.review(viewer),
    end: (code, reason) => end(socket, code, reason),
    seenVersion: directories.get(actor.organizationId)?.directory.version ?? -1,
    seenAt: clock.now(),
  };
}

/** A client that takes nothing would hear of its end never: it is cut off. */
function end(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason);
  setTimeout(() => socket.terminate(), 2_000).unref();
}

function listen(socket: WebSocket, { context }: Parts, subscription: Subscription, isHere: () => void): void {
  const talk = buildTalkLimit(context.clock.now());
  const isTooMuch = (): boolean => {
    if (talk.take(context.clock.now())) return false;
    end(socket, 1008, 'too many messages');
    return true;
  };
  socket.on('ping', () => void isTooMuch());
  socket.on('pong', isHere);
  socket.on('message', (data: Buffer, isBinary) => {
    if (socket.readyState !== socket.OPEN || isTooMuch()) return;
    if (isBinary) return end(socket, 1003, 'text only');
    const frame = parseFrame(data.toString());
    if (frame === undefined) return end(socket, 1007, 'not understood');
    const { reach } = subscription.viewer();
    const refused = [...frame.topics].filter((topic) => reach[topic] === undefined);
    for (const topic of refused) socket.send(refusedText(topic, topicPermission[topic]));
    const topics = new Set<LiveTopic>([...frame.topics].filter((topic) => !refused.includes(topic)));
    if (topics.size > 0) subscription.subscribe(topics, frame.since);
  });
}
