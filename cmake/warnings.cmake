# Warnings are errors, in our own code only.
add_library(odsora_warnings INTERFACE)
target_compile_options(odsora_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-align
                                                 -Wunused -Woverloaded-virtual -Werror)
