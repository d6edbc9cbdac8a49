#include <sqlite3.h>

/* Swift cannot call functions with any number of arguments. Text in double quotes is a mistake, not a text. */
static inline void postiz_sqlite_refuse_quoted_texts(sqlite3 *handle) {
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, (int *)0);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, (int *)0);
}
