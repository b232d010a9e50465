import type { Request, RequestHandler, Response } from 'express';
import type { Sessions } from './session.ts';

export const sessionCookie = 'dashboard_session';

const refusal = 'This page needs its token. This prints its address with it: ./orchestrator.sh ui\n';

/**
 * Middleware that serves nothing to who has no session. `GET /login?token=…` opens one, and leads to the page; the
 * token is in no log, since it was taken from the address before, see {@link hideToken}.
 */
export function requireSession(sessions: Sessions): RequestHandler {
  return (request, response, next) => {
    response.set('cache-control', 'no-store');
    const token = readToken(request);
    if (token !== undefined && sessions.isToken(token)) {
      if (request.path !== '/login') return next();
      const { value, maxAgeMs } = sessions.open();
      response.cookie(sessionCookie, value, {
        httpOnly: true,
        sameSite: 'lax',
        secure: request.secure,
        maxAge: maxAgeMs,
        path: '/',
      });
      return response.redirect(303, '/');
    }
    const endMs = sessions.endOf(readCookie(request));
    if (endMs === undefined || request.path === '/login') return refuse(response);
    endWith(response, endMs);
    next();
  };
}

/** An answer that goes on, as of events, ends with the session; whoever asks again is refused then. */
function endWith(response: Response, endMs: number): void {
  const timer = setTimeout(() => response.end(), endMs - Date.now());
  response.once('close', () => clearTimeout(timer));
}

function refuse(response: Response): void {
  response.status(401).set('www-authenticate', 'Bearer realm="dashboard"').type('text/plain').send(refusal);
}

function readToken(request: Request): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.get('authorization') ?? '')?.[1];
}

function readCookie(request: Request): string {
  const cookies = (request.get('cookie') ?? '').split(';').map((cookie) => cookie.trim());
  const prefix = `${sessionCookie}=`;
  return cookies.find((cookie) => cookie.startsWith(prefix))?.slice(prefix.length) ?? '';
}
