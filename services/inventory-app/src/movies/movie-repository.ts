import { DataTypes, type InferAttributes, literal, type Model, Op, type Sequelize } from 'sequelize';
import type { Movie, MovieInput, MovieSearch } from 'service-contracts/movie';
import { retryRead } from 'service-runtime/database/retry-read';

/** A movie, and a number that grows by one whenever it is replaced. */
export interface VersionedMovie {
  movie: Movie;
  version: number;
}

/** The movies in the database. Returns plain data. Where `versions` is given, no other version is touched. */
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
  extends Model<InferAttributes<MovieRow>, MovieInput & { version?: number }>,
    Movie,
    Pick<VersionedMovie, 'version'> {}

export function createMovieRepository(sequelize: Sequelize): MovieRepository {
  const rows = defineMovies(sequelize);
  return {
    async create(input) {
      return toVersionedMovie(await rows.create(input));
    },
    async search({ title, limit, offset }) {
      const where = title === undefined ? {} : { title: { [Op.iLike]: `%${escapePattern(title)}%` } };
      const page = { where, order: ['id'], limit, offset };
      const { rows: found, count } = await retryRead(() => rows.findAndCountAll(page));
      return { movies: found.map(toMovie), total: count };
    },
    async find(id) {
      const row = await retryRead(() => rows.findByPk(id));
      return row ? toVersionedMovie(row) : undefined;
    },
    async replace(id, input, versions) {
      // The database counts, in the same statement: of two replicas that replace one version only one succeeds.
      const values = { ...input, version: literal('version + 1') };
      const [, [row]] = await rows.update(values, { where: whereIs(id, versions), returning: true });
      return row ? toVersionedMovie(row) : undefined;
    },
    async remove(id, versions) {
      return (await rows.destroy({ where: whereIs(id, versions) })) > 0;
    },
    removeAll() {
      return rows.destroy({ where: {} });
    },
  };
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
