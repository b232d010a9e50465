/** Which lines are meant. */
export interface LogQuestion {
  /** Whose: the name of a component; everybody's unless given. */
  readonly component?: string | undefined;
  /** What the line has to match: a regular expression as RE2 has them (https://github.com/google/re2/wiki/Syntax). */
  readonly grep?: string | undefined;
  /** Which request they are about, by the id that the gateway gave it. */
  readonly request?: string | undefined;
}

/**
 * The question in Loki's language (https://grafana.com/docs/loki/latest/query/log_queries/). Its strings have the
 * escapes of Go's, of which JSON's are a part.
 */
export function formatLogQuery({ component, grep, request }: LogQuestion): string {
  const selector = component ? `{service_name=${JSON.stringify(component)}}` : '{service_name=~".+"}';
  const line = grep ? ` |~ ${JSON.stringify(grep)}` : '';
  const label = request ? ` | request_id=${JSON.stringify(request)}` : '';
  return `${selector}${line}${label}`;
}
