/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/usb-find.h"

#include <string.h>

#include "drivers/text.h"
#include "drivers/usb-quirks.h"

enum { CLASS_PRINTER = 7, SUBCLASS_PRINTER = 1 };
enum { PROTOCOL_ONE_WAY = 1, PROTOCOL_TWO_WAY = 2, PROTOCOL_IPP = 4 };

/* Descriptors ---------------------------------------------------------------------------------- */

static bool is_printer(const struct libusb_interface_descriptor *setting)
{
    return setting->bInterfaceClass == CLASS_PRINTER &&
           setting->bInterfaceSubClass == SUBCLASS_PRINTER;
}

/** Takes the endpoints of a setting, where it is better than what is known. */
static void consider(struct usb_place *place, const struct libusb_interface_descriptor *setting)
{
    uint8_t write_endpoint = 0;
    uint8_t read_endpoint = 0;
    const uint8_t protocol = setting->bInterfaceProtocol;
    if ((protocol != PROTOCOL_ONE_WAY && protocol != PROTOCOL_TWO_WAY) ||
        protocol <= place->protocol) {
        return;
    }
    for (unsigned i = 0; i < setting->bNumEndpoints; i++) {
        const struct libusb_endpoint_descriptor *endpoint = &setting->endpoint[i];
        if ((endpoint->bmAttributes & LIBUSB_TRANSFER_TYPE_MASK) != LIBUSB_TRANSFER_TYPE_BULK) {
            continue;
        }
        if ((endpoint->bEndpointAddress & LIBUSB_ENDPOINT_DIR_MASK) != 0) {
            read_endpoint = endpoint->bEndpointAddress;
        } else {
            write_endpoint = endpoint->bEndpointAddress;
        }
    }
    if (write_endpoint != 0) {
        const bool one_way =
            protocol == PROTOCOL_ONE_WAY || (place->quirks & USB_QUIRK_UNIDIR) != 0;
        place->protocol = protocol;
        place->interface_number = setting->bInterfaceNumber;
        place->alternate = setting->bAlternateSetting;
        place->write_endpoint = write_endpoint;
        place->read_endpoint = one_way ? 0 : read_endpoint;
    }
}

static void add(struct usb_places *places, const struct usb_place *place)
{
    if (places->length < USB_PLACES_MAX) {
        struct usb_place *item = &places->items[places->length++];
        *item = *place;
        (void)libusb_ref_device(item->device);
    }
}

/** @return whether one of the settings is 7/1/4 */
static bool find_in_interface(struct usb_places *places, struct usb_place place,
                              const struct libusb_interface *interface)
{
    bool speaks_ipp = false;
    place.has_alternates = interface->num_altsetting > 1;
    for (int i = 0; i < interface->num_altsetting; i++) {
        const struct libusb_interface_descriptor *setting = &interface->altsetting[i];
        if (is_printer(setting) && setting->bInterfaceProtocol == PROTOCOL_IPP) {
            speaks_ipp = true;
        }
        if (is_printer(setting) || (place.quirks & USB_QUIRK_VENDOR_CLASS) != 0) {
            consider(&place, setting);
        }
    }
    if (place.protocol != 0) {
        add(places, &place);
    }
    return speaks_ipp;
}

static void find_in_configurations(struct usb_places *places, struct usb_place *place,
                                   unsigned configurations)
{
    const size_t first = places->length;
    for (unsigned i = 0; i < configurations; i++) {
        struct libusb_config_descriptor *configuration = NULL;
        if (libusb_get_config_descriptor(place->device, (uint8_t)i, &configuration) != 0) {
            continue;
        }
        place->configuration = (uint8_t)i;
        place->configuration_value = configuration->bConfigurationValue;
        for (unsigned j = 0; j < configuration->bNumInterfaces; j++) {
            place->interface_index = (uint8_t)j;
            if (find_in_interface(places, *place, &configuration->interface[j])) {
                place->speaks_ipp = true;
            }
        }
        libusb_free_config_descriptor(configuration);
    }
    for (size_t i = first; i < places->length; i++) {
        places->items[i].speaks_ipp = place->speaks_ipp;
    }
    if (place->speaks_ipp && places->length == first) {
        place->protocol = PROTOCOL_IPP;
        place->interface_index = 0;
        add(places, place);
    }
}

/* Strings -------------------------------------------------------------------------------------- */

static void read_string(libusb_device_handle *handle, uint8_t index, char to[USB_NAME_BYTES])
{
    unsigned char raw[USB_NAME_BYTES] = "";
    const int length =
        index != 0 ? libusb_get_string_descriptor_ascii(handle, index, raw, sizeof raw - 1) : 0;
    raw[length > 0 ? length : 0] = '\0';
    text_clean(to, USB_NAME_BYTES, (const char *)raw);
}

static void read_strings(struct usb_place *place, const struct libusb_device_descriptor *descriptor)
{
    libusb_device_handle *handle = NULL;
    place->open_error = libusb_open(place->device, &handle);
    if (place->open_error != 0) {
        return;
    }
    read_string(handle, descriptor->iManufacturer, place->strings.make);
    read_string(handle, descriptor->iProduct, place->strings.model);
    read_string(handle, descriptor->iSerialNumber, place->strings.serial);
    libusb_close(handle);
}

/* Devices -------------------------------------------------------------------------------------- */

static void find_in_device(struct usb_places *places, libusb_device *device,
                           const char *quirks_folder)
{
    struct libusb_device_descriptor descriptor;
    if (libusb_get_device_descriptor(device, &descriptor) != 0 || descriptor.idVendor == 0 ||
        descriptor.idProduct == 0) {
        return;
    }
    struct usb_place place = {
        .device = device, .vendor = descriptor.idVendor, .product = descriptor.idProduct};
    place.quirks = usb_quirks_of(quirks_folder, place.vendor, place.product);
    if ((place.quirks & USB_QUIRK_BLACKLIST) != 0) {
        return;
    }
    const size_t first = places->length;
    find_in_configurations(places, &place, descriptor.bNumConfigurations);
    if (places->length > first) {
        /* Only a printer is opened. */
        read_strings(&place, &descriptor);
    }
    for (size_t i = first; i < places->length; i++) {
        places->items[i].strings = place.strings;
        places->items[i].open_error = place.open_error;
    }
}

bool usb_find(libusb_context *context, const char *quirks_folder, struct usb_places *ret_places)
{
    libusb_device **devices = NULL;
    const ssize_t length = libusb_get_device_list(context, &devices);
    if (length < 0) {
        return false;
    }
    ret_places->length = 0;
    for (ssize_t i = 0; i < length; i++) {
        find_in_device(ret_places, devices[i], quirks_folder);
    }
    libusb_free_device_list(devices, 1);
    return true;
}

void usb_places_free(struct usb_places *places)
{
    for (size_t i = 0; i < places->length; i++) {
        libusb_unref_device(places->items[i].device);
    }
    places->length = 0;
}

static bool configuration_prints(const struct libusb_config_descriptor *configuration)
{
    for (unsigned i = 0; i < configuration->bNumInterfaces; i++) {
        for (int j = 0; j < configuration->interface[i].num_altsetting; j++) {
            if (is_printer(&configuration->interface[i].altsetting[j])) {
                return true;
            }
        }
    }
    return false;
}

bool usb_device_prints(libusb_device *device)
{
    struct libusb_device_descriptor descriptor;
    bool prints = false;
    if (libusb_get_device_descriptor(device, &descriptor) != 0) {
        return false;
    }
    for (unsigned i = 0; i < descriptor.bNumConfigurations && !prints; i++) {
        struct libusb_config_descriptor *configuration = NULL;
        if (libusb_get_config_descriptor(device, (uint8_t)i, &configuration) == 0) {
            prints = configuration_prints(configuration);
            libusb_free_config_descriptor(configuration);
        }
    }
    return prints;
}
