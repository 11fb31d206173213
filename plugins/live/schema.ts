import { Type } from 'typebox';

export const LiveUpgrade = Type.Null({ description: 'The connection is a websocket from here on.' });

export const liveDescription = `A websocket with JSON messages; plugins/live/README.md has them all.

The client sends \`{"type":"subscribe","topics":["presence","calls","activity","jobs","coverage"],"since"?:{"epoch","seq"}}\`, which replaces what it watched before.

The server sends \`{"type":"snapshot","topic","epoch","seq","data"}\` for each topic, then \`{"type":"event","topic","epoch","seq","prev","at","name","data"}\`. \`prev\` is the \`seq\` of the last event that this socket was entitled to: an unbroken chain means that nothing was missed. With \`since\` what was missed comes first, without snapshots. \`{"type":"reset"}\` means that this cannot be told any more: new snapshots follow. \`{"type":"status","state":"live"|"lagging","asOf"}\` says how old the picture is. \`{"type":"refused","topic","permission"}\` is the answer for a topic that may not be watched.

Closing codes: 4401 the session or key has ended, 4403 a permission was taken, 1007 and 1003 a message that is not understood, 1008 too many messages, 1009 a message that is too large, 1012 the service restarts, 1013 too many sockets or a client that is too slow.

Browsers use the session cookie, and \`Origin\` must be that of the console. Everything else sends \`Authorization: Bearer\`.`;
