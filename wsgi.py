"""`app` for any WSGI server: the portal only. Run as a program it is `wcc web`: portal and chargers."""

if __name__ == "__main__":
    from wcc.server import main

    main()
else:
    from wcc.app import create_app

    app = create_app()
