/** What lets Argo CD read a private repository: a token over https, a deploy key over ssh. */
export type SourceCredential =
  | { readonly kind: 'token'; readonly username: string; readonly token: string }
  | { readonly kind: 'deploy-key'; readonly privateKey: string };
