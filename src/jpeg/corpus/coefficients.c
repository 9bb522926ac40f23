/* Prints the quantized coefficients of a JPEG, as libjpeg reads them (jpeg_read_coefficients): a line for each component
 * with its quantization table, one for each block with its coefficients in rows, and the number of warnings. Blocks that
 * only fill up the last MCUs are left out.
 *
 *     cc -O2 -o coefficients coefficients.c -ljpeg
 *     coefficients FILE
 */
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

int main(int argc, char **argv) {
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!file) {
        fprintf(stderr, "usage: coefficients FILE\n");
        return 1;
    }
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&jpeg);
    jpeg_stdio_src(&jpeg, file);
    jpeg_read_header(&jpeg, TRUE);
    jvirt_barray_ptr *arrays = jpeg_read_coefficients(&jpeg);
    for (int index = 0; index < jpeg.num_components; index++) {
        jpeg_component_info *component = &jpeg.comp_info[index];
        printf("component %d %d %d", index, component->width_in_blocks, component->height_in_blocks);
        for (int at = 0; at < DCTSIZE2; at++) printf(" %d", component->quant_table->quantval[at]);
        printf("\n");
        for (JDIMENSION row = 0; row < component->height_in_blocks; row++) {
            JBLOCKARRAY blocks =
                (*jpeg.mem->access_virt_barray)((j_common_ptr)&jpeg, arrays[index], row, 1, FALSE);
            for (JDIMENSION column = 0; column < component->width_in_blocks; column++) {
                for (int at = 0; at < DCTSIZE2; at++) printf("%d ", blocks[0][column][at]);
                printf("\n");
            }
        }
    }
    jpeg_finish_decompress(&jpeg);
    fclose(file);
    printf("warnings %ld\n", errors.num_warnings);
    return 0;
}
