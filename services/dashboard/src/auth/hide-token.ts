import type { RequestListener } from 'node:http';

/**
 * Moves the token of a login from the address, which is logged, to the header Authorization, which is not.
 * @param app sees `/login` for `/login?token=…`
 */
export function hideToken(app: RequestListener): RequestListener {
  return (request, response) => {
    const [path, query] = (request.url ?? '').split('?', 2);
    const token = new URLSearchParams(query).get('token');
    if (token !== null && path !== undefined) {
      request.url = path;
      request.headers.authorization = `Bearer ${token}`;
    }
    app(request, response);
  };
}
