import { COMPONENTS_NAMESPACE } from '../settings/namespaces.ts';

/** A Secret whose password is rotated, and the server that it is for. */
export interface RotatedSecret {
  readonly namespace: string;
  readonly name: string;
  /** Where the server's pods have it mounted. */
  readonly mount: string;
  readonly server: PasswordServer;
  /** What to open with it, in a database server. */
  readonly database?: string;
}

/** A server that asks for passwords; its pods have a container `keeper` that follows the secrets. */
export interface PasswordServer {
  readonly kind: 'postgres' | 'rabbitmq';
  /** The label app.kubernetes.io/name of its pods. */
  readonly component: string;
}

const BROKER: PasswordServer = { kind: 'rabbitmq', component: 'rabbitmq' };

/** All passwords of the databases and of the broker; PostgreSQL's superuser has none, and is not for the network. */
export const ROTATED_SECRETS: readonly RotatedSecret[] = [
  ...databaseSecrets('inventory'),
  ...databaseSecrets('billing'),
  {
    namespace: COMPONENTS_NAMESPACE,
    name: 'rabbitmq-credentials',
    mount: '/run/secrets/rabbitmq',
    server: BROKER,
  },
];

/** What uses the passwords, and reads them when it starts; the backup's pods begin anew by themselves. */
export const CONSUMERS = [
  { kind: 'Deployment', name: 'inventory-app' },
  { kind: 'Deployment', name: 'query-api' },
  { kind: 'StatefulSet', name: 'billing-app' },
  { kind: 'Deployment', name: 'api-gateway' },
] as const;

function databaseSecrets(database: string): RotatedSecret[] {
  const component = `${database}-database`;
  const server: PasswordServer = { kind: 'postgres', component };
  const secret = (name: string, mount: string, opened: string): RotatedSecret => ({
    namespace: COMPONENTS_NAMESPACE,
    name: `${component}${name}-credentials`,
    mount: `/run/secrets/${mount}`,
    server,
    database: opened,
  });
  // Members may connect, but not to the application's database.
  return [
    secret('', 'database', database),
    secret('-reader', 'reader', database),
    secret('-member', 'member', 'postgres'),
  ];
}
