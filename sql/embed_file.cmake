# Turns one file into a C array <NAME> with its size <NAME>_size, for a program that must not look for it at run time.
# Run by the build as: cmake -DSOURCE=file -DNAME=name -DOUTPUT=file.c -P sql/embed_file.cmake
file(READ ${SOURCE} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUTPUT} "#include <stddef.h>\n\nextern const unsigned char ${NAME}[];\nextern const size_t ${NAME}_size;\n\nconst unsigned char ${NAME}[] = {${bytes}};\nconst size_t ${NAME}_size = sizeof ${NAME};\n")
