import { DataTypes, type InferAttributes, type Model, type Sequelize } from 'sequelize';
import type { Order } from 'service-contracts/order';

/** An order with the identity that makes a second delivery of it recognisable. */
export interface IdentifiedOrder extends Order {
  messageId: string;
}

/** The orders in the database. */
export interface OrderRepository {
  /** Writes orders in one statement, all or none; those whose message id is known already are left out. */
  saveAll(orders: readonly IdentifiedOrder[]): Promise<void>;
}

interface OrderAttributes {
  messageId: string;
  userId: number;
  numberOfItems: number;
  /** Exact decimal text. */
  totalAmount: string;
}

interface OrderRow extends Model<InferAttributes<OrderRow>>, OrderAttributes {}

export function createOrderRepository(sequelize: Sequelize): OrderRepository {
  const rows = sequelize.define<OrderRow>(
    'order',
    {
      messageId: { type: DataTypes.TEXT, allowNull: false, primaryKey: true },
      userId: { type: DataTypes.BIGINT, allowNull: false },
      numberOfItems: { type: DataTypes.INTEGER, allowNull: false },
      totalAmount: { type: DataTypes.DECIMAL, allowNull: false },
    },
    { tableName: 'orders', underscored: true, timestamps: false },
  );
  return {
    async saveAll(orders) {
      await rows.bulkCreate(orders.map(toRow), { ignoreDuplicates: true, returning: false });
    },
  };
}

function toRow(order: IdentifiedOrder): OrderAttributes {
  return {
    messageId: order.messageId,
    userId: order.user_id,
    numberOfItems: order.number_of_items,
    totalAmount: order.total_amount,
  };
}
