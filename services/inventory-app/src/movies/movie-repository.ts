import { DataTypes, type InferAttributes, type Model, Op, type Sequelize } from 'sequelize';
import type { Movie, MovieInput, MovieSearch } from 'service-contracts/movie';

/** The movies in the database. Returns plain data. */
export interface MovieRepository {
  create(input: MovieInput): Promise<Movie>;
  /** @returns one page, by id, and how many there are in all */
  search(search: MovieSearch): Promise<{ movies: Movie[]; total: number }>;
  find(id: number): Promise<Movie | undefined>;
  /** @returns the movie as it is now; undefined where there is none of that id */
  replace(id: number, input: MovieInput): Promise<Movie | undefined>;
  /** @returns whether there was one */
  remove(id: number): Promise<boolean>;
  /** @returns how many there were */
  removeAll(): Promise<number>;
}

interface MovieRow extends Model<InferAttributes<MovieRow>, MovieInput>, Movie {}

export function createMovieRepository(sequelize: Sequelize): MovieRepository {
  const rows = defineMovies(sequelize);
  return {
    async create(input) {
      return toMovie(await rows.create(input));
    },
    async search({ title, limit, offset }) {
      const where = title === undefined ? {} : { title: { [Op.iLike]: `%${escapePattern(title)}%` } };
      const { rows: found, count } = await rows.findAndCountAll({ where, order: ['id'], limit, offset });
      return { movies: found.map(toMovie), total: count };
    },
    async find(id) {
      const row = await rows.findByPk(id);
      return row ? toMovie(row) : undefined;
    },
    async replace(id, input) {
      const [, [row]] = await rows.update(input, { where: { id }, returning: true });
      return row ? toMovie(row) : undefined;
    },
    async remove(id) {
      return (await rows.destroy({ where: { id } })) > 0;
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
    },
    { tableName: 'movies', underscored: true },
  );
}

function toMovie({ id, title, description, createdAt, updatedAt }: MovieRow): Movie {
  return { id, title, description, createdAt, updatedAt };
}

/** @returns the text with the wildcards of LIKE made ordinary characters */
function escapePattern(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}
