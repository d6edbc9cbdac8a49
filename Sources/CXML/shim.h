#include <libxml/xmlversion.h>

/* Where the library was built with ICU its headers bring in those of the system's ICU, which Foundation has under the same names in another
   version. Only the end of a structure that nothing here touches depends on it. */
#undef LIBXML_ICU_ENABLED

#include <libxml/HTMLparser.h>
#include <libxml/xmlreader.h>

/* A variable in C, which Swift does not let every thread read. */
static inline void postiz_xml_free(void *memory) { xmlFree(memory); }
