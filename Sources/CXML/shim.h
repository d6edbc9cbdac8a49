#include <libxml/HTMLparser.h>
#include <libxml/xmlreader.h>

/* A variable in C, which Swift does not let every thread read. */
static inline void postiz_xml_free(void *memory) { xmlFree(memory); }
