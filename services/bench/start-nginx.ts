import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPrograms } from '../../bootstrap/lib/find-program.ts';
import { readEnvironment } from '../../bootstrap/settings/environment.ts';
import { freePort } from '../backends/free-port.ts';
import { spawnServer } from '../backends/server-process.ts';

/** An nginx of our own, on loopback, that passes requests on. */
export interface NginxServer {
  url: string;
  stop(): Promise<void>;
}

export interface NginxOptions {
  /** The port on loopback that requests are passed on to. */
  upstreamPort: number;
  workers: number;
}

const startTimeoutMs = 10_000;

/** Starts nginx as a proxy that does what the gateway does for movies, and logs no requests. */
export async function startNginx(options: NginxOptions): Promise<NginxServer> {
  const [program] = await findPrograms('nginx', readEnvironment().path);
  if (program === undefined) throw new Error('nginx is not installed');
  const folder = await mkdtemp(join(tmpdir(), 'nginx-'));
  // Started by root, it works as another user, who has to get to its temporary files.
  await chmod(folder, 0o755);
  const port = await freePort();
  const configuration = join(folder, 'nginx.conf');
  await writeFile(configuration, createConfiguration(port, options));
  const args = ['-p', folder, '-c', configuration, '-e', 'stderr'];
  const server = await spawnServer(program, args, { folder, output: join(folder, 'output') });
  const stop = async () => {
    await server.end('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await server.untilReady(
      async () => {
        await fetch(url);
      },
      { name: 'nginx', timeoutMs: startTimeoutMs },
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

/** As many connections as the gateway keeps, and the headers that it sends on. */
function createConfiguration(port: number, { upstreamPort, workers }: NginxOptions): string {
  return `
daemon off;
pid nginx.pid;
worker_processes ${workers};
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_requests 1000000;
  upstream inventory-app {
    server 127.0.0.1:${upstreamPort};
    keepalive 128;
    keepalive_requests 1000000;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://inventory-app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Request-Id $request_id;
    }
  }
}
`;
}
