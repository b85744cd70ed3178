export interface ConsoleSessionRow {
  id: string
  token_sha256: string
  key_sha256: string
  created_at: Date
  used_at: Date
}

declare module '#database' {
  interface Tables {
    console_sessions: ConsoleSessionRow
  }
}
