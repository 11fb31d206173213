/**
 * What comes and goes with every call stands in columns of numbers, a place in them for each call, leg or user. As objects
 * that live for seconds it is what costs a call most: the engine moves each of them twice, and then walks through all that
 * the process knows to find those that have ended.
 */
export type Columns = Readonly<Record<string, ArrayLike<number>>>;

/** No place. */
export const NONE = -1;

/** A column with room for more. */
export function copyInto<Column extends { set(values: ArrayLike<number>): void }>(
  wider: Column,
  column: ArrayLike<number>,
): Column {
  wider.set(column);
  return wider;
}

/** Each by its name. */
export function copyColumns<Wider extends Readonly<Record<string, { set(values: ArrayLike<number>): void }>>>(
  wider: Wider,
  columns: Columns,
): Wider {
  for (const [name, column] of Object.entries(wider)) copyInto(column, columns[name] ?? []);
  return wider;
}

export type Names = {
  /** Of a name that was never seen, the next. Kept for good: people and queues are few, and stay. */
  placeOf(name: string): number;
  /** `NONE`: it was never seen. */
  find(name: string): number;
  nameAt(place: number): string | undefined;
};

export function createNames(): Names {
  const places = new Map<string, number>();
  const names: string[] = [];
  // Whoever asks for one has mostly just asked for it.
  let [lastName, lastPlace] = ['', NONE];
  const find = (name: string): number => {
    if (name === lastName) return lastPlace;
    const place = places.get(name) ?? NONE;
    if (place !== NONE) [lastName, lastPlace] = [name, place];
    return place;
  };
  return {
    find,
    placeOf(name) {
      const known = find(name);
      if (known !== NONE) return known;
      places.set(name, names.length);
      return names.push(name) - 1;
    },
    nameAt: (place) => names[place],
  };
}
