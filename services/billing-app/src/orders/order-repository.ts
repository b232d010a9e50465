import { QueryTypes, type Sequelize } from 'sequelize';
import type { Order } from 'service-contracts/order';

/** An order with the identity that makes a second delivery of it recognisable. */
export interface IdentifiedOrder extends Order {
  messageId: string;
}

/** The orders in the database. */
export interface OrderRepository {
  /**
   * Writes orders in one statement, which is a transaction of its own: all or none. Those whose message id is known
   * already are left out, so writing the same ones again is safe.
   * @returns the message ids of those that were new
   */
  saveAll(orders: readonly IdentifiedOrder[]): Promise<Set<string>>;
  /** @throws while orders can't be written: no connection, no table, no permission, or a standby that only reads */
  checkWritable(): Promise<void>;
}

// A parameter for each column, not for each value: the statement is the same for any number of orders, and they get
// their ids in the order in which they came.
const saveStatement = `
  INSERT INTO orders (message_id, user_id, number_of_items, total_amount)
  SELECT message_id, user_id, number_of_items, total_amount
  FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::numeric[])
    WITH ORDINALITY AS sent (message_id, user_id, number_of_items, total_amount, place)
  ORDER BY place
  ON CONFLICT (message_id) DO NOTHING
  RETURNING message_id`;

/** Writes nothing, but the server refuses it wherever it would refuse an order. */
const probeStatement = `
  INSERT INTO orders (message_id, user_id, number_of_items, total_amount) SELECT '', 0, 0, 0 WHERE false`;

export function createOrderRepository(sequelize: Sequelize): OrderRepository {
  return {
    async saveAll(orders) {
      const columns = [
        orders.map(({ messageId }) => messageId),
        orders.map((order) => order.user_id),
        orders.map((order) => order.number_of_items),
        orders.map((order) => order.total_amount),
      ];
      const rows = await sequelize.query<{ message_id: string }>(saveStatement, {
        bind: columns,
        type: QueryTypes.SELECT,
      });
      return new Set(rows.map((row) => row.message_id));
    },
    async checkWritable() {
      await sequelize.query(probeStatement);
    },
  };
}
