{
    "name": "Credit Control: assets for tests",
    "summary": "Leaves out a script that Debian's package of Odoo lacks",
    "version": "19.0.1.0.0",
    "category": "Hidden",
    "author": "Credit Control for Odoo",
    "license": "LGPL-3",
    "depends": ["mail"],
    # Debian removed this file for its licence but mail still lists it, which every
    # browser test takes for an error.
    "assets": {
        "web.assets_backend": [
            (
                "remove",
                "mail/static/lib/selfie_segmentation/selfie_segmentation.js",
            ),
        ],
    },
}
