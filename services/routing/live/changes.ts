/** Tells, within this process, that an organization was changed here and the change is committed. */
export type Changes = {
  tell(organizationId: string): void;
  /** Gives what ends it. The listener returns at once and does not throw. */
  listen(listener: (organizationId: string) => void): () => void;
};

export function buildChanges(): Changes {
  const listeners = new Set<(organizationId: string) => void>();
  return {
    tell(organizationId) {
      for (const listener of listeners) listener(organizationId);
    },
    listen(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
