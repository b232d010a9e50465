import { randomUUID } from 'node:crypto';
import {
  DataTypes,
  type InferAttributes,
  literal,
  type Model,
  Op,
  type Sequelize,
  UniqueConstraintError,
} from 'sequelize';
import type { Movie, MovieInput, MovieSearch } from 'service-contracts/movie';
import { type BridgeFailover, createFailoverBridge } from 'service-runtime/database/bridge-failover';

/** A movie, and a number that grows by one whenever it is replaced. */
export interface VersionedMovie {
  movie: Movie;
  version: number;
}

/**
 * The movies in the database. Returns plain data. Where `versions` is given, no other version is touched. Each method
 * waits for a failover to be over, and what it writes takes effect once, however often it had to be sent.
 */
export interface MovieRepository {
  create(input: MovieInput): Promise<VersionedMovie>;
  /** @returns one page, by id, and how many there are in all */
  search(search: MovieSearch): Promise<{ movies: Movie[]; total: number }>;
  find(id: number): Promise<VersionedMovie | undefined>;
  /** @returns the movie as it is now; undefined where there is none of that id, or of these versions */
  replace(id: number, input: MovieInput, versions?: readonly number[]): Promise<VersionedMovie | undefined>;
  /** @returns whether there was one */
  remove(id: number, versions?: readonly number[]): Promise<boolean>;
  /** @returns how many there were */
  removeAll(): Promise<number>;
}

interface MovieRow
  extends Model<InferAttributes<MovieRow>, MovieInput & { version?: number; creationKey?: string }>,
    Movie,
    Pick<VersionedMovie, 'version'> {
  /** Made anew for each movie that is to be created: shows whether a statement that was lost took effect. */
  creationKey: string;
}

type MovieRows = ReturnType<typeof defineMovies>;

/** @param failoverWaitMs how long to wait for the database */
export function createMovieRepository(sequelize: Sequelize, failoverWaitMs = 0): MovieRepository {
  const rows = defineMovies(sequelize);
  const bridge = createFailoverBridge(failoverWaitMs);
  return {
    create: (input) => create(rows, bridge, input),
    async search({ title, limit, offset }) {
      const where = title === undefined ? {} : { title: { [Op.iLike]: `%${escapePattern(title)}%` } };
      const page = { where, order: ['id'], limit, offset };
      const { rows: found, count } = await bridge(() => rows.findAndCountAll(page));
      return { movies: found.map(toMovie), total: count };
    },
    async find(id) {
      const row = await bridge(() => rows.findByPk(id));
      return row ? toVersionedMovie(row) : undefined;
    },
    replace: (id, input, versions) => replace(rows, bridge, id, input, versions),
    remove: (id, versions) =>
      // Of a movie that is gone after an attempt that was lost, that attempt is the likeliest cause.
      bridge(async (mayHaveRun) => (await rows.destroy({ where: whereIs(id, versions) })) > 0 || mayHaveRun),
    removeAll: () => bridge(() => rows.destroy({ where: {} })),
  };
}

function create(rows: MovieRows, bridge: BridgeFailover, input: MovieInput): Promise<VersionedMovie> {
  const creationKey = randomUUID();
  return bridge(async () => {
    try {
      return toVersionedMovie(await rows.create({ ...input, creationKey }));
    } catch (error) {
      if (!(error instanceof UniqueConstraintError)) throw error;
      // It is there. Only a write waits until the standby has it too.
      const [, [row]] = await rows.update(
        { creationKey },
        { where: { creationKey }, returning: true, silent: true },
      );
      if (!row) throw error;
      return toVersionedMovie(row);
    }
  });
}

function replace(
  rows: MovieRows,
  bridge: BridgeFailover,
  id: number,
  input: MovieInput,
  versions: readonly number[] | undefined,
): Promise<VersionedMovie | undefined> {
  // The database counts, in the same statement: of two replicas that replace one version only one succeeds.
  const values = { ...input, version: literal('version + 1') };
  return bridge(async (mayHaveRun) => {
    const [, [row]] = await rows.update(values, { where: whereIs(id, versions), returning: true });
    if (row) return toVersionedMovie(row);
    if (!mayHaveRun || versions === undefined) return undefined;
    const successors = versions.map((version) => version + 1);
    const where = { ...whereIs(id, successors), ...input };
    const [, [replaced]] = await rows.update(input, { where, returning: true, silent: true });
    return replaced ? toVersionedMovie(replaced) : undefined;
  });
}

function defineMovies(sequelize: Sequelize) {
  return sequelize.define<MovieRow>(
    'movie',
    {
      id: { type: DataTypes.INTEGER, autoIncrement: true, primaryKey: true },
      title: { type: DataTypes.TEXT, allowNull: false },
      description: { type: DataTypes.TEXT, allowNull: false },
      createdAt: { type: DataTypes.DATE, allowNull: false },
      updatedAt: { type: DataTypes.DATE, allowNull: false },
      version: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 1 },
      creationKey: { type: DataTypes.UUID },
    },
    { tableName: 'movies', underscored: true },
  );
}

function whereIs(id: number, versions: readonly number[] | undefined) {
  return versions === undefined ? { id } : { id, version: { [Op.in]: [...versions] } };
}

function toMovie({ id, title, description, createdAt, updatedAt }: MovieRow): Movie {
  return { id, title, description, createdAt, updatedAt };
}

function toVersionedMovie(row: MovieRow): VersionedMovie {
  return { movie: toMovie(row), version: row.version };
}

/** @returns the text with the wildcards of LIKE made ordinary characters */
function escapePattern(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}
