-- Who is signed in to the console. A session acts as the API key that it was opened with, and ends with it.
create table console_sessions (
  id uuid primary key,
  token_sha256 text not null unique, -- lower-case hex; the token itself is in the browser's cookie alone
  key_sha256 text not null, -- as in api_keys, or of the bootstrap key, which is no row there
  created_at timestamptz not null,
  used_at timestamptz not null -- to the minute
);
create index console_sessions_of_key on console_sessions (key_sha256, created_at desc);
