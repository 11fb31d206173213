import type { Database } from '../../storage/database.ts';
import { loadDirectoryData } from '../../storage/directory-query.ts';
import { listOrganizationVersions } from '../../storage/lookups.ts';
import type { Channel } from '../../storage/notifications.ts';
import { parseVersionMessage, type VersionFeed } from './invalidation.ts';
import type { DirectoryDatabase } from './loader.ts';

/** Directories in Postgres, where they are made. */
export function buildDatabaseDirectories(database: Database): DirectoryDatabase {
  return {
    read: (organizationId) => loadDirectoryData(database, organizationId),
    listVersions: () => listOrganizationVersions(database),
  };
}

/** Versions as Postgres announces them at each commit. */
export function buildNotifyFeed(channel: Channel): VersionFeed {
  return {
    start(listener) {
      channel.start({
        onConnected: () => listener.onConnected(),
        onMessage: (text) => {
          const message = parseVersionMessage(text);
          if (message !== undefined) listener.onVersion(message.organizationId, message.version);
        },
      });
    },
    close: () => channel.close(),
  };
}
